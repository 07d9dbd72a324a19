// Shows times in the browser's own zone; without JavaScript they stay in UTC, and say so.
for (const time of document.querySelectorAll("time[datetime]")) {
  const style = { dateStyle: "medium", timeStyle: time.dataset.precise === undefined ? "short" : "medium" };
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, style);
}
