// The host of page-demo.mjs, in the browser: answers only the requests that the demo needs.

/** Frames the page for each result. @param {object[]} results */
// biome-ignore lint/correctness/noUnusedVariables: called by the page that page-demo.mjs writes
function show(results) {
  for (const result of results) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.src = "/page";
    document.querySelector("main")?.append(frame);
    window.addEventListener("message", ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      const send = (/** @type {object} */ message) =>
        frame.contentWindow?.postMessage({ jsonrpc: "2.0", ...message }, "*");
      const { id, method, params } = data;
      const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      if (method === "ui/initialize")
        send({
          id,
          result: {
            protocolVersion: params.protocolVersion,
            hostInfo: { name: "demo", version: "1" },
            hostCapabilities: { message: { text: {} } },
            hostContext: { theme },
          },
        });
      else if (method === "ui/notifications/initialized")
        send({ method: "ui/notifications/tool-result", params: result });
      else if (method === "ui/notifications/size-changed") frame.style.height = `${params.height}px`;
      else if (method === "ui/message") {
        const line = document.createElement("pre");
        line.textContent = params.content
          .map((/** @type {{ text?: string }} */ { text = "" }) => text)
          .join("\n");
        document.querySelector("aside")?.append(line);
        send({ id, result: {} });
      } else if (id !== undefined) send({ id, error: { code: -32601, message: "Method not found" } });
    });
  }
}
