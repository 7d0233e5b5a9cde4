import checkworld, lab, proc, service, sys, pathlib
import dataclasses
def main(_m):
    checkworld.prepare()
    w = lab.Lab()
    a = lab.Domain("bakery.dane.example", (lab.Mx("mx1", tlsa="match"), lab.Mx("mx2", 20, cert="soon"), lab.Mx("backup", 30, starttls="no")), patterns=("mx1","mx2"), max_age=604800)
    b = lab.Domain("good.lab.example", (lab.Mx("mx1"),), max_age=1209600)
    for d in (a, b):
        checkworld.add(w, checkworld.Defect("x","x","",d))
    n = checkworld.with_policy("odd","x","","version: STSv1","mode: enforce","","mx: mx1.{name}","mx: *.old.{name}","max_age: 3600")
    checkworld.add(w, n)
    w.start()
    service.configure()
    for args in (("good.lab.example",),("bakery.dane.example",),("ck-odd.lab.example",),("--json","ck-odd.lab.example"),("good.lab.example","bakery.dane.example"),("nx.dead.example",)):
        d = proc.run(service.binary("stsgate"),"--config",str(service.CONFIG),"check",*args,check=False)
        print("$ stsgate check"," ".join(args)); print(d.stdout, d.stderr, "exit", d.returncode)
    import time
    t=time.monotonic(); proc.run(service.binary("stsgate"),"--config",str(service.CONFIG),"check","good.lab.example",check=False); print(time.monotonic()-t)
    return 0
