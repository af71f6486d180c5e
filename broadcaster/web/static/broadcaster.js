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
