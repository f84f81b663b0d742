// Sample customers, and first messages that need one click.

export const CUSTOMERS = [
  { pushname: "Dewi Lestari", number: "0812-3000-1001" },
  { pushname: "Rizky Pratama", number: "0813-3000-1002" },
  { pushname: "Ibu Sri Wahyuni", number: "0821-3000-1003" },
  { pushname: "Agus Setiawan", number: "0852-3000-1004", hides_number: true },
  { pushname: "Putri Maharani", number: "0857-3000-1005" },
  { pushname: "Toko Kopi Senja", number: "0878-3000-1006", verified_name: "Kopi Senja" },
];

export const FIRST_WORDS = [
  "Halo kak, barangnya masih ada?",
  "Pesanan saya sudah dikirim belum ya?",
  "Bisa COD ke Bandung?",
];
