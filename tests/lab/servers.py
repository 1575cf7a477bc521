# SPDX-License-Identifier: MIT
"""Other people's servers in the lab: proxies, web servers, what stands in the way.

Each function starts one in a host, with its configuration and all that it writes in a folder of the
lab's scratch directory, waits until it listens, and returns its Proc (.folder: where its files are).
squid and danted give up root, so that their folders belong to whom they become.
"""
import hashlib
import os
import pwd
import re
import subprocess
import textwrap

from netlab import HERE, LabError, wait_until
from product import gone

USER, PASSWORD = "guest", "Pa55 w0rd:%"     # what proxies ask for; not all of it may stand in a URL as it is
USER_IN_URL = "guest:Pa55%20w0rd%3A%25@"


def folder_of(lab, name, owner=None):
    """A folder for one server's files; owner: the user it belongs to, who may then pass by ours."""
    number = sum(1 for n in os.listdir(lab.tmp) if n.startswith(name))
    path = os.path.join(lab.tmp, f"{name}-{number}" if number else name)
    os.makedirs(path, mode=0o700)
    if owner:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def write(folder, name, text, owner=None):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
        f.write(text)
    if owner:
        entry = pwd.getpwnam(owner)
        os.chown(path, entry.pw_uid, entry.pw_gid)
    return path


def listens(host, port):
    return bool(host.run(["ss", "-Hltn", f"sport = :{port}"]).stdout.strip())


def start(host, folder, cmd, *ports):
    """Start a server and wait until it listens on all its ports."""
    proc = host.spawn(cmd, log=os.path.basename(folder))
    proc.folder = folder
    wait_until(lambda: all(listens(host, p) for p in ports) or gone(proc), f"{proc.name} to listen on {ports}")
    return proc


# ---- proxies ----

SQUID = """
visible_hostname proxy
http_port {port}
pid_filename none
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
logfile_rotate 0
netdb_filename none
coredump_dir {folder}
pinger_enable off
cache deny all
memory_pools off
dns_nameservers 127.0.0.1
shutdown_lifetime 0 seconds
acl web port 80 443
acl tls port 443
acl CONNECT method CONNECT
{auth}
http_access deny !web
{connect}
http_access {allow}
http_access deny all
"""


def _squid_auth(folder, scheme):
    """Lines of squid.conf; the scheme's helper and its file of users."""
    if scheme == "basic":
        done = subprocess.run(["openssl", "passwd", "-apr1", "-stdin"], input=PASSWORD + "\n", capture_output=True,
                              text=True, check=True)
        helper = f"basic_ncsa_auth {write(folder, 'users', f'{USER}:{done.stdout.strip()}', 'proxy')}"
    else:
        ha1 = hashlib.md5(f"{USER}:office:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
        helper = f"digest_file_auth -c {write(folder, 'users', f'{USER}:office:{ha1}', 'proxy')}"
    return (f"auth_param {scheme} program /usr/lib/squid/{helper}\nauth_param {scheme} realm office\n"
            f"auth_param {scheme} children 2 startup=1 idle=1\nacl known proxy_auth REQUIRED\n")


def squid(host, port=3128, scheme=None, connect=True):
    """A web proxy.  scheme: None, "basic" or "digest"; connect: CONNECT is allowed, to port 443 only."""
    folder = folder_of(host.lab, f"squid-{port}", "proxy")
    conf = write(folder, "squid.conf", SQUID.format(
        port=port, folder=folder, auth=_squid_auth(folder, scheme) if scheme else "",
        connect="http_access deny CONNECT !tls" if connect else "http_access deny CONNECT",
        allow="allow known" if scheme else "allow all"))
    # One squid has its shared memory under the same names as any other: each gets a /dev/shm of its own.
    return start(host, folder, ["sh", "-c", f"mount -t tmpfs shm /dev/shm && exec squid -N -f {conf}"], port)


def squid_log(proc):
    """Lines of its access log."""
    try:
        with open(os.path.join(proc.folder, "access.log")) as f:
            return f.read().splitlines()
    except FileNotFoundError:
        return []


def tinyproxy(host, port=3128):
    """A web proxy that passes CONNECT to port 443 only."""
    folder = folder_of(host.lab, f"tinyproxy-{port}")
    conf = write(folder, "tinyproxy.conf", f'Port {port}\nTimeout 600\nMaxClients 50\nLogLevel Connect\n'
                 f'Allow 0.0.0.0/0\nConnectPort 443\nPidFile "{folder}/pid"\n')
    return start(host, folder, ["tinyproxy", "-d", "-c", conf], port)


DANTED = """
logoutput: {folder}/danted.log
errorlog: stderr
internal: lan port = {port}
external: wan
clientmethod: none
socksmethod: {method}
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{
    from: 0.0.0.0/0 to: 0.0.0.0/0
    protocol: tcp
    command: connect
    proxyprotocol: {protocol}
    socksmethod: {method}
    log: connect error
}}
"""


def _accounts(folder):
    """Files of users that only the namespace of mounts that danted gets will see at their usual places."""
    done = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=PASSWORD + "\n", capture_output=True,
                          text=True, check=True)
    with open("/etc/passwd") as f:
        users = write(folder, "passwd", f.read() + f"{USER}:x:64999:65534::/nonexistent:/usr/sbin/nologin\n")
    os.chmod(users, 0o644)
    shadow = write(folder, "shadow", f"{USER}:{done.stdout.strip()}:19000:0:99999:7:::\n")
    return f"mount --bind {users} /etc/passwd && mount --bind {shadow} /etc/shadow && "


def danted(host, port=1080, version=5):
    """A SOCKS proxy: version 5 with user name and password, or version 4 with neither."""
    folder = folder_of(host.lab, f"danted-{port}")
    method, protocol = ("username", "socks_v5") if version == 5 else ("none", "socks_v4")
    conf = write(folder, "danted.conf", DANTED.format(port=port, folder=folder, method=method, protocol=protocol))
    cmd = (_accounts(folder) if version == 5 else "") + f"exec danted -f {conf} -p {folder}/pid"
    return start(host, folder, ["sh", "-c", cmd], port)


# ---- web servers in front of the multiplexer ----

HTTP_BEHIND, FCGI_BEHIND = "127.0.0.1:8080", "127.0.0.1:9000"      # where the documented ones look for it


def documented(first):
    """The example of docs/operation.md, 'Behind a web server', whose first line begins so."""
    with open(os.path.join(HERE, "..", "..", "docs", "operation.md")) as f:
        chapter = f.read().split("\n### Behind a web server\n")[1].split("\n### ")[0]
    found = [b for b in re.findall(r"(?:^ {4}.*\n)+", chapter, re.M) if b.lstrip().startswith(first)]
    if len(found) != 1:
        raise LabError(f"docs/operation.md has {len(found)} examples that begin with {first}")
    return textwrap.dedent(found[0])


NGINX = """
user root;
daemon off;
pid {folder}/pid;
worker_processes 1;
error_log stderr warn;
events {{ }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}
}}
"""
TLS_SERVER = """
    server {{
        listen 443 ssl;
        ssl_certificate {cert};
        ssl_certificate_key {key};
{location}
    }}
"""
ONLY_WEBSOCKET = """
    map $http_upgrade $websocket {{ default ""; websocket websocket; }}
    map $websocket $connection_upgrade {{ default upgrade; "" ""; }}
"""
UPGRADES = """
        location / {{
            proxy_pass http://{to};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $websocket;
            proxy_set_header Connection $connection_upgrade;
            proxy_read_timeout 300s;
        }}
"""
BUFFERS = """
        location / {{
            proxy_pass http://{to};
            proxy_buffering on;
            proxy_request_buffering on;
        }}
"""
FASTCGI_BUFFERS = """
        location / {{
            include fastcgi_params;
            fastcgi_pass {to};
        }}
"""


def nginx(host, servers, *ports):
    """nginx with these server blocks."""
    folder = folder_of(host.lab, f"nginx-{ports[0]}")
    conf = write(folder, "nginx.conf", NGINX.format(folder=folder, servers=servers))
    os.symlink("/etc/nginx/fastcgi_params", os.path.join(folder, "fastcgi_params"))
    return start(host, folder, ["nginx", "-e", "stderr", "-p", folder, "-c", conf], *ports)


def _nginx_tls(host, identity, location, before=""):
    return nginx(host, before + TLS_SERVER.format(cert=identity.cert, key=identity.key, location=location), 443)


def nginx_front(host, identity):
    """A reverse proxy that ends TLS and passes upgrades: as it is documented."""
    text = documented("map")
    return nginx(host, text.replace("/etc/nginx/mux.crt", identity.cert).replace("/etc/nginx/mux.key", identity.key), 443)


def nginx_websocket(host, identity, to):
    """One that passes no upgrade but that to WebSocket: of all others the multiplexer gets the bare request."""
    return _nginx_tls(host, identity, UPGRADES.format(to=to), ONLY_WEBSOCKET.format())


def nginx_buffering(host, identity, to):
    """One that passes no upgrade, and every body whole."""
    return _nginx_tls(host, identity, BUFFERS.format(to=to))


def nginx_fastcgi(host, identity, buffers=False):
    """TLS and HTTP here, FastCGI as it is documented, or with nginx's usual buffers."""
    return _nginx_tls(host, identity, FASTCGI_BUFFERS.format(to=FCGI_BEHIND) if buffers else documented("location"))


LIGHTTPD = """
server.port = 443
server.document-root = "{folder}"
server.modules = ( "mod_openssl" )
ssl.engine = "enable"
ssl.pemfile = "{pem}"
{fastcgi}
"""


def lighttpd_fastcgi(host, identity, buffers=False):
    """TLS and HTTP here, FastCGI as it is documented, or with every body held until it is whole."""
    folder, text = folder_of(host.lab, "lighttpd-443"), documented("server.modules")
    text = text.replace("-body = 2", "-body = 0") if buffers else text
    conf = write(folder, "lighttpd.conf", LIGHTTPD.format(folder=folder, pem=identity.both, fastcgi=text))
    return start(host, folder, ["lighttpd", "-D", "-f", conf], 443)


HAPROXY = """
global
    maxconn 200
defaults
    mode http
    timeout connect 5s
    timeout client 300s
    timeout server 300s
    timeout tunnel 1h
frontend here
    bind :{port} ssl crt {pem} alpn http/1.1 {bind}
{rules}
    default_backend there
backend there
    server s {to} {tls}
"""
# It says no where nginx_websocket leaves a header out.
DENY_OTHERS = """
    acl upgrades req.hdr(upgrade) -m found
    acl websocket req.hdr(upgrade) -i -m str websocket
    http-request deny if upgrades !websocket
"""


def _haproxy(host, text, port):
    folder = folder_of(host.lab, f"haproxy-{port}")
    return start(host, folder, ["haproxy", "-db", "-f", write(folder, "haproxy.cfg", text)], port)


def haproxy_front(host, identity):
    """A reverse proxy that ends TLS and passes upgrades: as it is documented."""
    return _haproxy(host, documented("frontend").replace("/etc/haproxy/mux.pem", identity.both), 443)


def haproxy_websocket(host, identity, to):
    """One that refuses all upgrades but that to WebSocket."""
    return _haproxy(host, HAPROXY.format(port=443, pem=identity.both, to=to, tls="", rules=DENY_OTHERS, bind=""), 443)


def haproxy_inspector(host, identity, to, port, rules="", bind=""):
    """Speaks TLS to the client and again to `to`: with a certificate of its own for somebody else's name it is a box
    that inspects TLS."""
    return _haproxy(host, HAPROXY.format(port=port, pem=identity.both, to=to, tls="ssl verify none", rules=rules,
                                         bind=bind), port)


# The log is written to standard output when the response's head has passed.
SAY_WHO = """
    log stdout format raw local0
    option logasap
    log-format "who: version %[ssl_fc_protocol] certificate <%{+Q}[ssl_c_s_dn]>"
"""


def haproxy_asking(host, identity, to, port, ca, version):
    """Such a one that asks the client for a certificate, takes any or none, speaks one version of TLS ("TLSv1.2"), and
    logs whom it saw: who()."""
    bind = f"verify optional ca-file {ca} ca-ignore-err all crt-ignore-err all ssl-min-ver {version} ssl-max-ver {version}"
    return haproxy_inspector(host, identity, to, port, SAY_WHO, bind)


def who(proc):
    """(version, subject of the client's certificate or "") for each request that it has passed."""
    return re.findall(r'^who: version (\S+) certificate <"?([^">]*)"?>', proc.text(), re.M)


# ---- what a visited network does to its guests ----

PORTAL = """
    server {{ listen {port}; return 302 {url}; }}
    server {{
        listen {tls_port} ssl;
        ssl_certificate {cert};
        ssl_certificate_key {key};
        return 302 {url};
    }}
"""


def portal(host, identity, url, port=8000, tls_port=8001):
    """Answers every request with a redirection to `url`, by HTTPS under a certificate of its own."""
    return nginx(host, PORTAL.format(port=port, tls_port=tls_port, cert=identity.cert, key=identity.key, url=url),
                 port, tls_port)


def divert(router, ports):
    """What the site's hosts send to these TCP ports ({443: 8001}) ends at ports of the router's own."""
    rules = "".join(f'iifname "lan" ip daddr != 127.0.0.0/8 tcp dport {a} redirect to :{b}\n' for a, b in ports.items())
    router.nft(f"table ip divert {{\nchain pre {{\ntype nat hook prerouting priority dstnat;\n{rules}}}\n}}\n")


def divert_no_more(router):
    """Connections that were diverted and live are cut off by the firewall of the site."""
    router.nft("delete table ip divert\n")

