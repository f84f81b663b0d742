"""One Chromium for one number: found, launched, watched, reloaded and replaced."""
