"""Everything that knows WhatsApp Web: the injected bridge, its typed calls, and the mapping of what it reports."""
