"""An OpenID provider on a port of its own, made of a library's server; it can be told to lie.

`python openid_provider.py PORT` serves it. `PUT /orders` says who is logged in there and what is
wrong with the next answers; whoever comes to `/authorize` has consented already.
"""

import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "sloty at the provider"
CLIENT_SECRET = "only sloty and the provider know: + % &"
SCOPES = {"openid", "email", "profile"}

app = Flask(__name__)
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True


class Orders(dict[str, Any]):
    """What was ordered last; `user` are the claims of whoever is logged in."""


@dataclass
class State:
    orders: Orders = field(default_factory=Orders)
    codes: dict[str, Any] = field(default_factory=dict)
    access: dict[str, Any] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    keys: list[RSAKey] = field(default_factory=list)
    fetched: dict[str, int] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        """The old key is gone at once: nothing that it signs is taken any more."""
        number = len(self.keys)
        self.keys.append(RSAKey.generate_key(2048, {"kid": f"key-{number}", "use": "sig"}))


STATE = State()


class Client(ClientMixin):  # type: ignore[misc]  # The library has no types.
    """The one client that is registered."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(each for each in scope.split() if each in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in STATE.orders["redirects"]

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


@dataclass
class Code:
    """An authorization code with what it was asked for."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    user: Any
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    get_acr = get_amr = get_auth_time


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # The library has no types.
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

    def save_authorization_code(self, code: str, asked: Any) -> None:
        data = asked.payload.data
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required")
        STATE.nonces.add(data["nonce"])
        STATE.codes[code] = Code(
            code=code,
            redirect_uri=data["redirect_uri"],
            scope=asked.payload.scope,
            nonce=data["nonce"],
            user=asked.user,
            code_challenge=data["code_challenge"],
            code_challenge_method=data["code_challenge_method"],
        )

    def query_authorization_code(self, code: str, _client: Client) -> Code | None:
        return STATE.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del STATE.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Any:
        return authorization_code.user


class IdToken(OpenIDCode):  # type: ignore[misc]  # The library has no types.
    def exists_nonce(self, nonce: str, _asked: Any) -> bool:
        return nonce in STATE.nonces

    def get_client_algorithm(self, _client: Client) -> str:
        return "RS256"

    def get_encode_header(self, _client: Client) -> dict[str, str]:
        return {"alg": "RS256", "kid": str(STATE.keys[-1].kid)}

    def resolve_client_private_key(self, _client: Client) -> RSAKey:
        return STATE.keys[-1]

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": issuer(), "aud": [client.get_client_id()]}

    def generate_user_info(self, user: Any, _scope: str) -> dict[str, Any]:
        return {"sub": user["sub"]} if STATE.orders.get("address_elsewhere") else user

    def encode_id_token(self, token: Any, asked: Any) -> str:
        honest = super().encode_id_token(token, asked)
        lies, key = STATE.orders.get("claims"), STATE.keys[-1]
        if STATE.orders.get("forge"):
            key, lies = RSAKey.generate_key(2048, {"kid": str(key.kid)}), lies or {}
        if lies is None:
            return str(honest)
        told = jwt.decode(honest, STATE.keys[-1]).claims | lies
        told = {name: value for name, value in told.items() if value is not None}
        if STATE.orders.get("secret_as_key"):
            return symmetric(told)
        return jwt.encode({"alg": "RS256", "kid": key.kid}, told, key)


def symmetric(claims: dict[str, Any]) -> str:
    """Signed with what both sides know, as any client could."""
    from joserfc.jwk import OctKey

    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET))


def issuer() -> str:
    return request.host_url.rstrip("/")


def query_client(client_id: str) -> Client | None:
    return Client() if client_id == CLIENT_ID else None


def save_token(token: Any, asked: Any) -> None:
    STATE.access[token["access_token"]] = asked.user


server = AuthorizationServer(app, query_client, save_token)
server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])


@app.before_request
def obey() -> Response | None:
    """Be slow or broken where that was ordered, and count what is asked for."""
    STATE.fetched[request.path] = STATE.fetched.get(request.path, 0) + 1
    broken = STATE.orders.get("broken", {}).get(request.path)
    if broken is None:
        return None
    time.sleep(broken.get("seconds", 0))
    return Response(broken.get("body", ""), broken.get("status", 200))


@app.put("/orders")
def order() -> Response:
    orders = json.loads(request.data)
    if orders.pop("rotate", False):
        STATE.rotate()
    STATE.orders = Orders(orders)
    return jsonify(STATE.fetched)


@app.get("/.well-known/openid-configuration")
def document() -> Response:
    base = issuer()
    told = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{base}/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
    }
    return jsonify(told | STATE.orders.get("document", {}))


@app.get("/keys")
def keys() -> Response:
    return jsonify({"keys": [STATE.keys[-1].as_dict(private=False)]})


@app.get("/authorize")
def authorize() -> Any:
    if "error" in STATE.orders:
        told = f"error={STATE.orders['error']}&state={request.args['state']}"
        return redirect(f"{request.args['redirect_uri']}?{told}")
    user = STATE.orders["user"]
    try:
        grant = server.get_consent_grant(end_user=user)
        return server.create_authorization_response(grant=grant, grant_user=user)
    except OAuth2Error as refusal:
        return Response(str(refusal), 400)


@app.post("/token")
def issue() -> Any:
    answer = server.create_token_response()
    told = json.loads(answer.data)
    STATE.issued += [token for name, token in told.items() if name.endswith("_token")]
    return answer


@app.get("/issued")
def issued() -> Response:
    return jsonify(STATE.issued)


@app.get("/userinfo")
def user_info() -> Response:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    told = STATE.access.get(token)
    if told is None:
        return Response(status=401)
    return jsonify(told | STATE.orders.get("user_info", {}))


if __name__ == "__main__":
    STATE.rotate()
    app.run(port=int(sys.argv[1]), threaded=True)
