"""Which worker may run a number: the lease in Redis, the lock on the profile, and the host where the profile lies."""
