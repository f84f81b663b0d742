"""Everything that knows WhatsApp Web: the injected bridge, its typed face, and the shapes it hands out."""
