"""Connects the services to Redis and the sockets. The only package that commits."""
