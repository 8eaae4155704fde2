// Passkeys: asks the hub for the question, the device for the answer, and
// sends the answer with the form. What the protocol has as bytes travels as
// base64url.

type Options = Record<string, any>;

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer: ArrayBuffer | null): string | undefined =>
  buffer
    ? btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")
    : undefined;

const known = (all: Options[] | undefined): Options[] | undefined => all?.map((k) => ({ ...k, id: bytes(k.id) }));

// ask returns the answer of the device: of a new key when the question names
// a user, else of one that it has.
async function ask(o: Options): Promise<PublicKeyCredential> {
  const challenge = bytes(o.challenge);
  const key = o.user
    ? await navigator.credentials.create({
        publicKey: { ...o, challenge, user: { ...o.user, id: bytes(o.user.id) }, excludeCredentials: known(o.excludeCredentials) } as any,
      })
    : await navigator.credentials.get({ publicKey: { ...o, challenge, allowCredentials: known(o.allowCredentials) } as any });
  return key as PublicKeyCredential;
}

function answer(key: PublicKeyCredential): string {
  const r = key.response as any;
  return JSON.stringify({
    id: key.id,
    rawId: text(key.rawId),
    type: key.type,
    clientExtensionResults: key.getClientExtensionResults(),
    response: {
      clientDataJSON: text(r.clientDataJSON),
      attestationObject: text(r.attestationObject),
      authenticatorData: r.signature ? text(r.authenticatorData) : undefined,
      signature: text(r.signature),
      userHandle: text(r.userHandle),
    },
  });
}

function withPasskey(form: HTMLFormElement): void {
  form.hidden = false;
  // A form with another way beside has a button of its own for this one.
  const part = form.querySelector<HTMLElement>("[data-key]");
  if (part) part.hidden = false;
  const say = form.querySelector<HTMLElement>("[data-say]");
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  form.addEventListener("submit", async (e) => {
    if (part && !(e.submitter instanceof HTMLElement && "ask" in e.submitter.dataset)) return;
    e.preventDefault();
    if (say) say.hidden = true;
    try {
      const asked = await (await fetch(form.dataset.passkey ?? "", { headers: { Accept: "application/json" } })).json();
      const key = await ask(asked.options);
      field("sealed").value = asked.sealed;
      field("answer").value = answer(key);
      form.submit();
    } catch {
      if (!say) return;
      say.textContent = form.dataset.failed ?? "";
      say.hidden = false;
    }
  });
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) withPasskey(form);
}
