"""Profile pictures come with the first message of a contact, small and once."""

import base64
import io

from PIL import Image

from devtools.waiting import until
from tests.media import samples
from tests.worker.conftest import Stage


def pictures(stage: Stage, chat: str) -> list[str]:
    told = [event.picture_key for event in stage.stream.events("ContactChanged") if event.chat_jid == chat]
    return [key for key in told if key is not None]


def test_a_picture_is_fetched_kept_small_and_not_asked_for_again(shop: Stage) -> None:
    chat, other = shop.simulator.customer(40), shop.simulator.customer(41)
    data = base64.b64encode(samples.picture(size=(640, 640))).decode()
    shop.simulator.ctl("picture", chat=chat, image_b64=data)
    shop.simulator.write(chat, "halo")
    key = until(lambda: next(iter(pictures(shop, chat)), None), "the picture")
    assert key.startswith("7/pictures/")
    with Image.open(io.BytesIO((shop.folder / "media" / key).read_bytes())) as small:
        assert (small.format, max(small.size)) == ("WEBP", 480)
    shop.simulator.ctl("picture", chat=chat, image_b64=base64.b64encode(samples.picture(colour="red")).decode())
    shop.simulator.write(chat, "lagi")
    # The queue goes in order: once a later contact was looked at, the first one was not asked for again.
    shop.simulator.ctl("picture", chat=other, image_b64=data)
    shop.simulator.write(other, "halo")
    until(lambda: pictures(shop, other), "the other picture")
    assert pictures(shop, chat) == [key]
