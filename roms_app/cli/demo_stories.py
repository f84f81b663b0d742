"""The messages of thirty customers of a batik shop in `roms demo`. Text only; `demo.py` plays it.

A story's lines are ``minutes ago, who, text``: ``>`` the customer, ``<`` the shop on its own phone, ``=`` an agent
answers now, through ROMS. The customer's last lines are written now, too; with ``ok`` at the end all is long past,
which makes it a resolved conversation.
The numbers are made up.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Line:
    """One message. `minutes` ago; 0 for an agent's answer, which is written now."""

    minutes: int
    who: str
    text: str


@dataclass(frozen=True)
class Story:
    """One customer and their chat."""

    name: str
    #: International, with +62.
    phone: str
    lines: tuple[Line, ...]
    is_over: bool = False
    #: WhatsApp gives the shop a LID instead of the phone number.
    hides_number: bool = False

    @property
    def past(self) -> tuple[Line, ...]:
        """The messages from before the shop had ROMS."""
        return tuple(line for line in self.lines if line.who != "=" and line not in self.present)

    @property
    def present(self) -> tuple[Line, ...]:
        """The customer's last messages, which are unanswered."""
        if self.is_over:
            return ()
        said = [line for line in self.lines if line.who != "="]
        answered = max((i for i, line in enumerate(said) if line.who == "<"), default=-1)
        return tuple(said[answered + 1 :])

    @property
    def answers(self) -> tuple[Line, ...]:
        """The messages that an agent writes now."""
        return tuple(line for line in self.lines if line.who == "=")


_TEXT: Final = """
# Rina Wulandari +6281255500101
190 > Selamat siang kak, kemeja batik Parang yang cokelat ukuran L masih ada?
186 < Siang kak Rina 😊 Masih ada 3 pcs untuk ukuran L.
184 > Lingkar dadanya berapa ya? Suami saya biasanya pakai L tapi agak gemuk 😅
12 > Kak, jadi lebih aman XL atau L ya?
= Untuk L lingkar dadanya 108 cm, XL 114 cm. Kalau agak gemuk lebih nyaman XL kak 🙏
# Agus Setiawan +6281355500102
75 > Min, pesanan saya #2381 sudah dikirim belum?
74 > Dari Senin statusnya masih dikemas terus
= Halo pak Agus, mohon maaf menunggu. Sudah dikirim siang ini lewat JNE REG, resinya CGK0028817734 🙏
# Siti Nurhaliza Putri +6285655500103
1460 > Assalamualaikum, ada gamis batik untuk ibu hamil?
1452 < Waalaikumsalam kak. Ada, model A-line kancing depan, busui friendly ✨
1440 > Boleh lihat fotonya kak? Warna yang kalem kalau ada
1431 < Ada sage, dusty pink dan navy kak. Fotonya sudah kami kirim ke status ya
25 > Mau yang sage ukuran M satu ya kak 🥰
# Bambang Hartono +6281155500104
9 > Selamat pagi. Kami dari kantor BPR, mau pesan seragam batik 45 orang. Bisa minta penawaran?
8 > Ukuran campur S sampai 4XL, butuh sebelum tanggal 20
# Dewi Lestari +6287755500105
260 > Kak paketnya sudah sampai, tapi yang datang warna merah 😭 padahal pesan marun
258 > Besok mau dipakai kondangan…
= Aduh mohon maaf sekali kak Dewi 🙏 Kami kirim yang marun hari ini pakai JNE YES, besok pagi sampai. Yang merah kami jemput, ongkir kami yang tanggung ya.
# Yusuf Maulana +6281255500106
2900 > Bang, ongkir ke Banjarmasin berapa?
2895 < JNE REG Rp38.000 per kg bang, estimasi 3-4 hari
2890 > Oke, nanti saya kabari
2100 > Jadi bang, kemeja Kawung M 2 pcs
2096 < Siap bang! Total Rp418.000 sudah termasuk ongkir. Transfer ke BCA 123-456-7890 a.n. Toko Melati
2050 > Sudah transfer ya bang 🙏
2045 < Sudah masuk, terima kasih! Kirim sore ini 🚚
300 > Barang sudah sampai, bagus banget jahitannya. Terima kasih! ⭐⭐⭐⭐⭐
ok
# Maria Goreti +6282155500107
38 > Halo, apakah menerima pesanan custom dengan motif Sikka?
36 > Untuk acara keluarga di Maumere bulan depan, kira-kira 12 potong
# Hendra Gunawan +6281355500108
52 > Ko, tadi saya salah tulis alamat. Harusnya Jl. Diponegoro 17, bukan 71
= Baik ko Hendra, paketnya belum dijemput JNE jadi alamatnya sudah kami ubah ke Jl. Diponegoro No. 17 👍
# Ayu Ningsih +6285255500109
140 > Kak ada promo gratis ongkir gak hari ini? 👀
131 < Ada kak, min. belanja Rp250.000 untuk Jawa & Bali
6 > Kalau ke Lombok dapat potongan gak kak?
# Rizky Pratama +6289655500110
18 > p
17 > kak
16 > ready size xxl?
# Lina Marlina +6281255500111
4400 > Kak mau tanya, batik tulisnya luntur tidak?
4390 < Tidak kak, asal dicuci terpisah dan jangan dijemur langsung ya 🌿
4385 > Sip, terima kasih infonya 🙏
ok
# Dian Sastro Utami +6281355500112
33 > Selamat sore. Saya beli di bazar kemarin, kancing bajunya lepas satu waktu dicoba
32 > Bisa minta kancing cadangan?
= Sore kak Dian, maaf ya 🙏 Kancing cadangan kami kirim gratis. Boleh minta alamat lengkapnya?
# Joko Susilo +6281455500113
620 > Pak, saya reseller dari Solo. Minta daftar harga grosir
610 < Grosir mulai 12 pcs pak, diskon 25%. Katalog kami kirim lewat email ya
21 > Emailnya joko.susilo.solo@gmail.com pak, suwun
# Putri Ayu Maharani +6287855500114
5 > Kakkk bajunya cantik bangettt 😍😍 makasih yaaa
4 > Sudah aku posting di IG, nanti aku tag tokonya 💃
# Ahmad Fauzi +6281255500115
47 > Resi JNE CGK0028790021 dari kemarin status "on process" terus. Bisa dibantu cek?
= Kami cek ke JNE ya mas Fauzi. Paketnya tertahan di gateway Surabaya karena cuaca, besok diantar.
# Wayan Sudarma +6281955500116
95 > Om swastiastu, apakah ada udeng batik ukuran dewasa?
88 < Om swastiastu pak Wayan, ada. Warna putih, hitam emas dan cokelat
15 > Yang hitam emas 2, kirim ke Gianyar berapa ongkirnya?
# Fitri Handayani +6285755500117
29 > Bun, bisa COD gak di Depok?
28 > Takut kalau transfer dulu, pernah ketipu 😔
# Budi Hermawan +6281555500118
1500 > Kemeja slimfit navy ukuran M, saya ambil ya
1495 < Siap mas! Sudah kami siapkan 🙌
1300 > Sudah saya transfer Rp189.000
1290 < Diterima, terima kasih mas Budi
800 > Barang diterima, pas di badan. Mantap 👍
ok
# Nur Aini +6281755500119
64 > Bu, kalau tidak cocok ukurannya boleh tukar? Berapa hari?
= Boleh bu, 7 hari setelah barang diterima, asal label belum dilepas dan belum dicuci 😊
# Christian Tan +6281955500120
2 > Hi, do you ship to Singapore? I need 2 batik shirts, size M, by next Friday
# Ratna Sari Dewi +6281355500121
110 > Kak, masker batik yang isi 5 masih dijual?
105 < Masih kak, Rp45.000 per pak
104 > Mau 4 pak, kirim bareng pesanan kemarin bisa?
7 > Kak? 🙏
# Eko Prasetyo +6285755500122
13 > Mas, invoice untuk pembelian 10 potong kemarin tolong kirim ulang, yang pertama tidak bisa dibuka
# Melati Kusuma +6281255500123 hidden
41 > Malam kak, saya dari TikTok. Setelan couple keluarga yang biru masih ada?
40 > Ayah XL, bunda M, anak umur 4 dan 7 tahun
= Malam kak! Masih ada lengkap: dewasa Rp210.000, anak Rp135.000. Untuk 4 dan 7 tahun cocoknya ukuran 4 dan 8 ya 👨‍👩‍👧‍👦
# Taufik Hidayat +6281355500124
3 > Bang kok belum dibalas ya? Saya tanya stok kemeja hitam dari tadi pagi
# Sri Rahayu +6281455500125
3100 > Terima kasih banyak ya nak, batiknya dipakai bapak waktu wisuda cucu 🥹
3090 < Alhamdulillah, selamat untuk cucunya bu Sri! 🎓🎉
ok
# Kevin Wijaya +6287855500126
58 > Kak saya mau ambil langsung ke toko, buka sampai jam berapa?
= Toko buka jam 09.00-20.00 setiap hari kak, di Jl. Malioboro 52. Ditunggu ya! 🙋
# Indah Permata +6282255500127
19 > Jahitan di ketiak sobek padahal baru sekali pakai 😤
18 > Saya minta uang kembali saja
# Arif Rahman +6281255500128
11 > Gan, ada sarung goyor? Kalau ada minta 3 warna gelap
# Yohana Simanjuntak +6281255500129 hidden
24 > Horas! Kak, bisa bordir nama di saku? Untuk 8 kemeja paduan suara ⛪
23 > Namanya nanti saya kirim daftarnya
# Nadia Safira +6281355500130
1 > Kak aku mau bayar, nomor rekeningnya yang mana ya? Takut salah transfer 🙈
"""


def _parse(text: str) -> tuple[Story, ...]:
    return tuple(_story(block.strip().splitlines()) for block in text.split("\n# ")[1:])


def _story(lines: list[str]) -> Story:
    head = lines[0].removesuffix(" hidden")
    name, _, phone = head.rpartition(" ")
    said = [line for line in lines[1:] if line != "ok"]
    return Story(
        name=name,
        phone=phone,
        lines=tuple(_line(line) for line in said),
        is_over=lines[-1] == "ok",
        hides_number=lines[0].endswith(" hidden"),
    )


def _line(line: str) -> Line:
    if line.startswith("= "):
        return Line(0, "=", line[2:])
    minutes, who, text = line.split(" ", 2)
    return Line(int(minutes), who, text)


STORIES: Final = _parse(_TEXT)
