// Passkeys: a form with data-passkey asks the device for a credential before it is sent.
// The server's options come as JSON with base64url in the places where the browser wants bytes, and go back likewise.

import { say } from "../web/status.js";

const bytes = (text) => {
  const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
};

const text = (buffer) => {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const withBytes = (descriptors = []) => descriptors.map((descriptor) => ({ ...descriptor, id: bytes(descriptor.id) }));

function asJSON(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const answer = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
  if (response.getTransports) answer.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: answer,
  };
}

async function make({ publicKey }, alone) {
  return navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        // A passkey that signs in alone is kept on the device and asks who is there.
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        ...(alone ? { userVerification: "required" } : {}),
      },
    },
  });
}

async function use({ publicKey }) {
  return navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  });
}

const written = () => JSON.parse(document.getElementById("passkey-options").textContent);

async function asked(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} for the options of a passkey`);
  return answer.json();
}

const credentials = {
  register: (form) => make(written().creation_options, form.elements.passwordless?.checked ?? false),
  confirm: () => use(written().request_options),
  "sign-in": async (form) => use((await asked(form)).request_options),
};

function prepare(form) {
  let asking = false;
  let answered = false;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (answered) {
      // Once: a page that comes back from the browser's memory asks anew.
      answered = false;
      return;
    }
    event.preventDefault();
    if (asking) return;
    asking = true;
    try {
      form.elements.credential.value = JSON.stringify(asJSON(await credentials[form.dataset.passkey](form)));
      answered = true;
      form.requestSubmit();
    } catch (error) {
      console.warn(error);
      say(form.dataset.failed, { tone: "danger" });
    } finally {
      asking = false;
    }
  });
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
  document.querySelectorAll("[data-without-passkeys]").forEach((note) => note.remove());
}
