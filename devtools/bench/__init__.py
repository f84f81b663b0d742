"""`make bench`: how fast a message gets through, beside the floor that Redis and the sockets set in the same run."""
