"""From the page to the event stream: live messages, backfill, and how far each chat has been read."""
