"""`make bench`: the latency and rate of messages, compared with the floor of bare Redis and sockets."""
