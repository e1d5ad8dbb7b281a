/** The node whose API is shown: the one that the page names, or the server that it came from. */
export const nodeUrl: string =
  document.querySelector<HTMLMetaElement>('meta[name="poa-node"]')?.content || new URL('.', location.href).href
