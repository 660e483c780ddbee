// The name is one that mkdocs-material looks for: with it, no script of a network is asked for.
// The search runs in a worker, which browsers refuse to pages that are read from disk (file://).
// There the worker's script runs in a hidden frame instead. Frame and page share an origin, so that
// each calls the other directly.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const inner = this.frame.contentWindow
      const load = source =>
        new Promise((resolve, reject) => {
          const script = inner.document.createElement("script")
          script.onload = resolve
          script.onerror = () => reject(new Error(`${source} cannot be loaded`))
          script.src = source
          inner.document.body.append(script)
        })
      const deliver = data => {
        const event = new MessageEvent("message", { data })
        this.dispatchEvent(event)
        if (this.onmessage) this.onmessage(event)
      }
      inner.postMessage = data => setTimeout(deliver, 0, data)
      // A worker waits for these; here they are a promise, which the search awaits.
      inner.importScripts = (...sources) =>
        sources.reduce((before, source) => before.then(() => load(source)), Promise.resolve())
      this.ready = load(url)
    }

    postMessage(data) {
      const inner = this.frame.contentWindow
      this.ready.then(() => inner.dispatchEvent(new inner.MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }
  // By this the script of the search knows that it must find its dictionaries beside itself.
  window.IFrameWorker = window.Worker
}
