// Mất mạng thì mở được trang cuối cùng đã lưu: thứ tự phát hôm nay và số điện thoại trực. Mọi thứ khác luôn hỏi đài.
// Ai đăng nhập, đăng xuất, đổi đài trên máy này thì trang của người trước bị bỏ ngay, kể cả khi đang lưu dở.
const SHELF = "dai";
const PAGE = "/ngoai-tuyen";
const EVERY_MS = 300_000;
const OTHERS = /^\/(dang-nhap|dang-xuat|tai-khoan\/.*)$/;
let kept = 0;
let person = 0;
async function keep() {
  if (Date.now() - kept < EVERY_MS) return;
  kept = Date.now();
  const mine = person;
  const answer = await fetch(PAGE).catch(() => null);
  if (answer?.redirected) await caches.delete(SHELF);
  if (!answer?.ok || answer.redirected) return;
  const files = [...(await answer.clone().text()).matchAll(/"(\/tinh\/[^"]+)"/g)].map((found) => found[1]);
  await caches.delete(SHELF);
  const shelf = await caches.open(SHELF);
  await shelf.addAll([...new Set(files.map((file) => file.split("#")[0]))]);
  await shelf.put(PAGE, answer);
  if (mine !== person) await caches.delete(SHELF);
}
async function open(event) {
  try {
    const answer = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(keep().catch(() => {}));
    return answer;
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  await registration.navigationPreload?.enable();
  await clients.claim();
  await keep().catch(() => {});
})()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && OTHERS.test(pathname)) {
    kept = 0;
    person += 1;
    event.waitUntil(caches.delete(SHELF));
  } else if (request.method === "GET" && request.mode === "navigate") event.respondWith(open(event));
  else if (pathname.startsWith("/tinh/")) event.respondWith(fetch(request).catch(() => caches.match(request).then((file) => file ?? Response.error())));
});
