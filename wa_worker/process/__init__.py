"""What every ROMS process does: logging, printing, and ending in good order. Knows neither Redis nor WhatsApp."""
