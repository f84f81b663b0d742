"""Media of messages and profile pictures: fetched apart from the messages, one queue for each number."""
