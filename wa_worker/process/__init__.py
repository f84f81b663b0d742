"""What every ROMS process needs: logging, printing, and an orderly end. Knows neither Redis nor WhatsApp."""
