#!/bin/sh
# nginx reads no environment: the settings that Lua cannot make, or only anew for each request, are written as small files, then nginx takes over.
set -eu

fail() { echo "portico lb: $*" >&2; exit 78; }

# "2GiB" → bytes
bytes() {
  number=${1%%[!0-9]*} unit=${1#"${1%%[!0-9]*}"}
  [ -n "$number" ] || return 1
  case $unit in
    ''|B) echo "$number" ;;
    k|K|KiB) echo $((number << 10)) ;;
    m|M|MiB) echo $((number << 20)) ;;
    g|G|GiB) echo $((number << 30)) ;;
    t|T|TiB) echo $((number << 40)) ;;
    kB|KB) echo $((number * 1000)) ;;
    MB) echo $((number * 1000000)) ;;
    GB) echo $((number * 1000000000)) ;;
    TB) echo $((number * 1000000000000)) ;;
    *) return 1 ;;
  esac
}

port=${PORTICO_HTTPS_PORT:-8443}
case $port in ''|*[!0-9]*) fail "PORTICO_HTTPS_PORT is \"$port\"; it must be a port number" ;; esac

limit=$(bytes "${PORTICO_MAX_UPLOAD:-2GiB}") || fail "PORTICO_MAX_UPLOAD is \"$PORTICO_MAX_UPLOAD\"; write a size such as 500MiB or 2GiB"

case ${PORTICO_STICKY:-off} in off|ip|cookie) ;; *) fail "PORTICO_STICKY is \"$PORTICO_STICKY\"; it must be off, ip or cookie" ;; esac

made=/tmp/portico
mkdir -p "$made"

: >"$made/trusted-proxies.conf"
for proxy in $(echo "${PORTICO_TRUSTED_PROXIES:-}" | tr ',' ' '); do
  case $proxy in *[!0-9a-fA-F:./]*) fail "PORTICO_TRUSTED_PROXIES names \"$proxy\"; it must be addresses or networks such as 10.0.0.0/8" ;; esac
  echo "set_real_ip_from $proxy;" >>"$made/trusted-proxies.conf"
done

for file in tls.crt tls.key; do
  [ -r "/run/portico/tls/$file" ] || fail "cannot read /run/portico/tls/$file (as user $(id -u)); with PORTICO_TLS_DIR set, that folder must hold tls.crt and tls.key readable for it"
done

# HSTS holds for a host name whatever the port, and sends a browser from http://name:8080 to https://name:8080, where
# nothing speaks TLS; and on a certificate that nobody signed it locks people out. So: an operator's certificate, at 443.
hsts=
suffix=":$port"
if [ "$port" = 443 ]; then
  suffix=
  if [ -n "${PORTICO_TLS_DIR:-}" ]; then hsts='max-age=15552000'; fi
fi

# One MiB more than the largest file, for what multipart adds; the portal counts the file itself to the byte.
cat >"$made/settings.conf" <<SETTINGS
map "" \$portico_port_suffix { default "$suffix"; }
map "" \$portico_hsts { default "$hsts"; }
SETTINGS
echo "client_max_body_size $((limit + 1048576));" >"$made/upload.conf"

# Our own containers' alone: the directory is a tmpfs, and whoever reads it can read the secret's file as well.
secret=$(tr -d '[:space:]' </run/portico/secrets/edge-secret) || fail "cannot read /run/portico/secrets/edge-secret (as user $(id -u))"
case $secret in ''|*[!0-9A-Za-z_+/=-]*) fail "/run/portico/secrets/edge-secret is not one that init made" ;; esac
(umask 077; echo "proxy_set_header X-Portico-Edge \"$secret\";" >"$made/edge.conf")

# The cache is a volume that may vanish or be somebody else's: then this start does with /tmp.
cache=/var/cache/portico
if ! { mkdir -p "$cache/answers" "$cache/passing" && [ -w "$cache/answers" ]; } 2>/dev/null; then
  echo "portico lb: $cache cannot be written, so answers are cached in /tmp" >&2
  cache="$made/cache"
  mkdir -p "$cache/answers" "$cache/passing"
fi
echo "proxy_cache_path $cache/answers levels=2 keys_zone=answers:2m max_size=${PORTICO_LB_CACHE:-32m} inactive=7d use_temp_path=off;
proxy_temp_path $cache/passing;
client_body_temp_path $cache/passing;
fastcgi_temp_path $made/unused;
uwsgi_temp_path $made/unused;
scgi_temp_path $made/unused;" >"$made/cache.conf"

exec nginx -c /etc/portico/nginx.conf -e stderr
