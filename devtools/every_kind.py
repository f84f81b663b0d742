"""A chat with every kind of message, for the browser tests and the screenshots.

The files are generated, so none is stored. They are real files, which Chromium shows and plays.
"""

import base64
import hashlib
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
from PIL import Image, ImageDraw

#: `System.ctl` for one phone: cmd, arguments → the answer.
Ctl = Callable[..., dict[str, Any]]

_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
_CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL;type=CELL:{number}\nEND:VCARD"
_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A file and the message type with which it is sent."""

    #: WhatsApp's word: image, video, audio, ptt, document, sticker
    type: str
    data: bytes
    mimetype: str
    filename: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    def draft(self, **more: Any) -> dict[str, Any]:
        """The arguments of the simulator's `message` that send it."""
        encoded = base64.b64encode(self.data).decode()
        return {
            "type": self.type,
            "media_b64": encoded,
            "mimetype": self.mimetype,
            "filename": self.filename,
            "body": "",
            **more,
        }


def samples(hue: int = 150) -> dict[str, Sample]:
    """One file of each kind, by WhatsApp's word for it. Another hue gives other bytes."""
    photo, sticker = io.BytesIO(), io.BytesIO()
    _landscape((1280, 960), hue).save(photo, "JPEG", quality=85)
    _smile(hue).save(sticker, "WEBP")
    made = (
        Sample("image", photo.getvalue(), "image/jpeg", "gerai.jpg"),
        Sample("video", _film(hue), "video/mp4", "kemasan.mp4"),
        Sample("ptt", _sound("ogg", "libopus", 220 + hue), "audio/ogg; codecs=opus", "suara.ogg"),
        Sample("audio", _sound("mp3", "libmp3lame", 330 + hue), "audio/mpeg", "jingle.mp3"),
        Sample("document", _PDF + b"%%%d\n" % hue, "application/pdf", "Daftar harga grosir Toko Melati 2026.pdf"),
        Sample("sticker", sticker.getvalue(), "image/webp", "senyum.webp"),
    )
    return {sample.type: sample for sample in made}


def play(ctl: Ctl, chat: str, files: dict[str, Sample]) -> dict[str, str]:
    """Send one message of every kind from a customer, with edits and reactions. Returns name → WhatsApp's id."""
    ids: dict[str, str] = {}

    def say(name: str, cmd: str = "message", **draft: Any) -> None:
        ids[name] = ctl(cmd, chat=chat, **draft)["message"]["id"]

    say("text", body="Halo kak, saya mau pesan untuk acara kantor.")
    say("image", **files["image"].draft(caption="Yang seperti ini masih ada?"))
    say("video", **files["video"].draft())
    say("voice", **files["ptt"].draft())
    say("audio", **files["audio"].draft())
    say("document", **files["document"].draft(caption="Ini daftar harganya"))
    say("sticker", **files["sticker"].draft())
    say("location", type="location", lat=-6.9025, lng=107.6188, loc="Gedung Sate\nJl. Diponegoro 22, Bandung")
    card = {"name": "Pak Budi", "vcard": _CARD.format(name="Pak Budi", number="+62 812-3000-7001")}
    say("contact", type="vcard", vcards=[card])
    poll = {"name": "Diantar hari apa?", "options": ["Senin", "Rabu", "Jumat"]}
    say("poll", type="poll_creation", poll=poll)
    say("view_once", **files["image"].draft(is_view_once=True))
    say("call", type="call_log", call={"outcome": "missed", "is_video": True})
    say("notice", type="e2e_notification", subtype="identity")
    say("forwarded", body="Promo minggu ini: beli dua gratis satu.", is_forwarded=True)
    say("quoted", body="Yang ini ya kak, warna hijau.", quoted=ids["image"])
    say("edited", body="Jadi 20 kotak.")
    ctl("edit", id=ids["edited"], chat=chat, body="Jadi 25 kotak.")
    say("deleted", body="Salah kirim.")
    ctl("revoke", id=ids["deleted"], chat=chat)
    say("reacted", "own_message", body="Siap kak, kami siapkan.")
    ctl("reaction", id=ids["reacted"], chat=chat, text="🙏")
    say("own_image", "own_message", **files["image"].draft(caption="Foto dari gudang"))
    say("undecrypted", type="ciphertext")
    say("unsupported", type="brand_new_kind", body="?")
    return ids


def _landscape(size: tuple[int, int], hue: int, sun: float = 0.7) -> Image.Image:
    """A sky, a sun and hills."""
    width, height = size
    down = Image.linear_gradient("L").resize(size)
    channels = [
        down.point([low + shade // part for shade in range(256)]) for low, part in ((120, 2), (165, 4), (200, 9))
    ]
    sky = Image.merge("RGB", channels)
    draw = ImageDraw.Draw(sky)
    radius = height // 9
    middle = (int(width * sun), height // 3)
    draw.ellipse([middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius], fill=(255, 240, 200))
    for step, shade in enumerate((0.75, 0.55, 0.4)):
        base = height * (0.55 + step * 0.13)
        hills = [
            (x, base + height * 0.08 * math.sin(x / width * (5 + step * 2) + step * 1.7 + hue)) for x in range(width)
        ]
        colour = tuple(int(channel * shade) for channel in (90, 150 + hue % 60, 110))
        draw.polygon([(0, height), *hills, (width, height)], fill=colour)
    return sky


def _smile(hue: int) -> Image.Image:
    face = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(face)
    draw.ellipse([12, 12, 244, 244], fill=(250, 200, hue % 120 + 40, 255))
    for x in (84, 152):
        draw.ellipse([x, 84, x + 22, 116], fill=(60, 40, 20, 255))
    draw.arc([70, 90, 186, 196], 20, 160, fill=(60, 40, 20, 255), width=10)
    return face


def _film(hue: int) -> bytes:
    """Two seconds of a sun that moves."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream: Any = target.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 480, 270, "yuv420p"
        for at in range(24):
            frame: Any = av.VideoFrame.from_image(_landscape((480, 270), hue, sun=0.2 + at / 40))
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def _sound(container: str, codec: str, pitch: int, seconds: float = 3.0) -> bytes:
    """A tone that swells and fades."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream: Any = target.add_stream(codec, rate=_RATE, layout="mono")
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=_RATE)
        samples = int(_RATE * seconds)
        for start in range(0, samples, 960):
            part = range(start, min(start + 960, samples))
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
            loud = [6000 * math.sin(math.pi * i / samples) * math.sin(2 * math.pi * pitch * i / _RATE) for i in part]
            values = b"".join(int(value).to_bytes(2, "little", signed=True) for value in loud)
            frame.planes[0].update(values.ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts = _RATE, start
            for fitting in resampler.resample(frame):
                target.mux(stream.encode(fitting))
        target.mux(stream.encode(None))
    return out.getvalue()
