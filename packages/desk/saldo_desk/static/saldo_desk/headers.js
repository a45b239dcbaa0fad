// What every request of the page's own scripts carries, as htmx does: the token, and the company that the page shows.
export function headers() { return { ...JSON.parse(document.body.getAttribute("hx-headers")), Accept: "application/json" }; }
