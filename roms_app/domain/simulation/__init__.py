"""A simulated day of agents and customers, by the rules of the product, without a database. Same seed, same day."""
