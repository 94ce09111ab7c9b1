import pytest
from tests.services.test_poison import Walk, ids_of, wrong_with, assert_everything_reads
from tests.services.openapi_walk import Examples, operations
from tests.api_clients import app_of, open_shop
from itertools import count
from tests.services.booking.people import super_admin, Post
MINE=("/v1/signup","/v1/auth","/v1/me","/v1/tenant","/v1/users","/v1/api-keys","/v1/public/{slug}/register","/v1/tenants")

def test_mine(apis, apis_database):
    shop = open_shop(apis)
    op = super_admin(apis, Post(apis_database))
    ids = {"users": shop.user["id"], "api-keys": shop.booking.post("/v1/api-keys", {"name":"k","role":"STAFF"})["id"], "tenants": shop.tenant["id"], "public": shop.tenant["slug"], "providers": shop.provider["id"], "locations": shop.location["id"], "services": shop.service["id"]}
    for who in ("admin", "operator"):
        api = shop.booking if who=="admin" else op
        document = app_of(shop.booking).openapi()
        ops=[o for o in operations(document) if o.path.startswith(MINE) and (o.path.startswith("/v1/tenants"))==(who=="operator")]
        if who=="operator": ops=[o for o in ops]
        walk = Walk(api, Examples(document, ids), ops, count(), False)
        found=[]; n=0
        for o in ops:
            if o.path=="/v1/auth/logout": continue
            if o.method=="DELETE" and "users" in o.path: pass
            for body in walk.examples.bodies(o):
                a=api.send(o.method, o.address(ids), json=body)
                if not a.is_success: print("EXAMPLE", o.method, o.path, a.status_code, a.text[:200])
            found+=walk.poisoned_addresses(o); found+=walk.poisoned_queries(o); found+=walk.poisoned_bodies(o)
        bad=[f for f in found if f]
        print(who, len(found), "BAD", bad[:10])
        assert not bad
        for o in ops:
            if o.method=="GET": print(o.path, api.send("GET", o.address(ids)).status_code)
