"""From the command stream to the page: the queue, pacing, the circuit breaker, and what became of each message."""
