"""The worker that drives WhatsApp Web. It ships alone and never imports ``roms_app``."""
