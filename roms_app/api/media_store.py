"""The media store of this process."""

from functools import lru_cache
from pathlib import Path

from roms_app.config import get_settings
from wa_worker.media.store import MediaStore, open_store


def get_media_store() -> MediaStore:
    """The store of the settings. Raises MediaStoreError when the settings can't be used."""
    settings = get_settings()
    return _opened(settings.media_url, settings.data_dir, settings.media_endpoint)


@lru_cache(maxsize=4)
def _opened(url: str, data_dir: Path, endpoint: str) -> MediaStore:
    return open_store(url, data_dir, endpoint=endpoint)
