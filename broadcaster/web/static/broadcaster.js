// Chỉ đỡ phải tải lại trang; tắt script thì mọi việc vẫn làm được.
for (const part of document.querySelectorAll("[data-tai-lai]")) {
  const { taiLai: url, nhip = "2000" } = part.dataset;
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) part.innerHTML = await answer.text();
  }, Number(nhip));
}
for (const form of document.querySelectorAll("form[data-hoi]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.hoi)) event.preventDefault();
  });
}
for (const place of document.querySelectorAll("[data-cach-doc]")) {
  const form = place.closest("form");
  const text = form.querySelector("textarea");
  let waiting;
  const look = async () => {
    const body = new URLSearchParams([...new FormData(form)].filter(([name]) => ["noi_dung", "tra_loi", "chon"].includes(name)));
    const answer = await fetch(place.dataset.cachDoc, { method: "POST", body }).catch(() => null);
    if (answer?.ok) place.innerHTML = await answer.text();
  };
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 700);
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-nghe]");
  if (!link) return;
  event.preventDefault();
  new Audio(link.href).play().catch(() => window.open(link.href));
});
