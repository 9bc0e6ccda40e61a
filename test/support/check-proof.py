"""Checks a proof with Python's standard library and the openssl command alone.

Reads JSON from stdin: {"proof", "jwks", "now", "issuer", "audience", "purpose", "nonce"}.
Prints "ok <sub>", or what is wrong.
"""

import base64
import json
import subprocess
import sys
import tempfile

# RFC 8410: an Ed25519 public key is its 32 bytes behind this SubjectPublicKeyInfo header.
SPKI_HEADER = bytes.fromhex("302a300506032b6570032100")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature_is_good(signed, signature, key):
    with tempfile.TemporaryDirectory() as directory:
        names = {}
        parts = {"key": SPKI_HEADER + decode(key["x"]), "signature": signature, "signed": signed}
        for name, content in parts.items():
            names[name] = f"{directory}/{name}"
            with open(names[name], "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", names["key"]]
        command += ["-rawin", "-in", names["signed"], "-sigfile", names["signature"]]
        return subprocess.run(command, capture_output=True).returncode == 0


def fault(asked):
    header, payload, signature = asked["proof"].split(".")
    head, claims = json.loads(decode(header)), json.loads(decode(payload))
    if head["alg"] != "EdDSA":
        return "alg"
    key = next((one for one in asked["jwks"]["keys"] if one["kid"] == head["kid"]), None)
    if key is None or (key["kty"], key["crv"], key["alg"], key["use"]) != ("OKP", "Ed25519", "EdDSA", "sig"):
        return "key"
    if not signature_is_good(f"{header}.{payload}".encode(), decode(signature), key):
        return "signature"
    if not claims["iat"] <= asked["now"] < claims["exp"]:
        return "time"
    pins = {"iss": "issuer", "aud": "audience", "purpose": "purpose", "nonce": "nonce"}
    return next((claim for claim, pin in pins.items() if claims.get(claim) != asked[pin]), None)


asked = json.load(sys.stdin)
wrong = fault(asked)
print(wrong or "ok " + json.loads(decode(asked["proof"].split(".")[1]))["sub"])
