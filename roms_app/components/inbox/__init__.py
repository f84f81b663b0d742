"""The inbox: the list, the thread with its messages, the composer, and the contact panel."""
