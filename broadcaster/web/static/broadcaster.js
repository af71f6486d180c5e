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
// Ngày vẫn gõ được; nút chỉ mở lịch của trình duyệt rồi điền theo ngày/tháng/năm.
for (const field of document.querySelectorAll("input[data-ngay]")) {
  const picker = Object.assign(document.createElement("input"), { type: "date", tabIndex: -1, className: "picker" });
  if (!picker.showPicker) break;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Lịch" });
  const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  button.setAttribute("aria-label", `Mở lịch: ${label?.firstChild?.textContent.trim() ?? ""}`);
  picker.setAttribute("aria-hidden", "true");
  const row = Object.assign(document.createElement("div"), { className: "dated" });
  field.replaceWith(row);
  row.append(field, picker, button);
  button.addEventListener("click", () => {
    const [day, month, year] = field.value.split("/");
    if (year) picker.value = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    picker.showPicker();
  });
  picker.addEventListener("change", () => {
    field.value = picker.value.split("-").reverse().join("/");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
