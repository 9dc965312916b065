/* After a passkey was added, show it in the list. */
"use strict";

document.addEventListener("otp_webauthn.register_complete", () => location.reload());
