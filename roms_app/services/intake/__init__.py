"""What the consumer calls for the events of a number: contacts, conversations and messages are stored, each once."""
