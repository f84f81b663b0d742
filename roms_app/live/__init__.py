"""The edges to Redis and to the sockets. The only place that commits."""
