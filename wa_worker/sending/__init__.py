"""Sends what the app asks for: the queue, pacing, the circuit breaker, and the result of each message."""
