from statistics import median
from time import perf_counter
from tests.api_clients import app_of
from sloty_booking.identity import credentials
def test_t(apis, capsys):
    b=apis.sign_up()
    rt=app_of(apis.booking).state.runtime
    took={b.user["email"]:[], "nobody@nowhere.example":[]}
    for _ in range(400):
        for e,l in took.items():
            t=perf_counter(); credentials._begin(rt,"1.2.3.4",e,apis.clock()); l.append(perf_counter()-t)
    with capsys.disabled(): print([round(median(l)*1000,3) for l in took.values()])
