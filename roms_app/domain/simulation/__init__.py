"""A day of agents and customers, played by the rules of the product, without a database. Same seed, same day."""
