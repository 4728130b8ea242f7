"""Certificates of an authority of the test's own, made by the command `openssl`."""
import pathlib
import subprocess

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Files in `folder`: its own certificate, and NAME.pem, NAME.key of each that it issued."""

    def __init__(self, folder, name="authority"):
        self.folder, self.name = pathlib.Path(folder), name
        self.file, self.key = self.path(name, "pem"), self.path(name, "key")
        openssl("req", "-x509", *KEY, "-days", 30, "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.file)

    def path(self, name, kind):
        return str(self.folder / f"{name}.{kind}")

    def issue(self, name, subject=None, hosts=("localhost", "127.0.0.1"), days=30, password=None):
        """The paths of a certificate and its key."""
        request, extensions = self.path(name, "csr"), self.path(name, "ext")
        key, certificate = self.path(name, "key"), self.path(name, "pem")
        kinds = ("IP" if host[0].isdigit() else "DNS" for host in hosts)
        pathlib.Path(extensions).write_text(
            "subjectAltName=" + ",".join(f"{k}:{h}" for k, h in zip(kinds, hosts)) + "\n")
        openssl("req", *KEY, "-subj", subject or f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key,
                "-CAcreateserial", "-days", days, "-extfile", extensions, "-out", certificate)
        if password:
            openssl("pkey", "-in", key, "-aes128", "-passout", f"pass:{password}", "-out", request)
            pathlib.Path(request).rename(key)
        return certificate, key

    def profile(self, name, **keys):
        """An entry of sslProfiles with a certificate of that name."""
        certificate, key = self.issue(name, **{k: keys.pop(k) for k in ("subject", "hosts", "days",
                                                                         "password") if k in keys})
        return {"name": name, "certFile": certificate, "privateKeyFile": key,
                "caCertFile": self.file, **keys}

    def serial(self, name):
        out = subprocess.run(["openssl", "x509", "-serial", "-noout", "-in",
                              self.path(name, "pem")], check=True, capture_output=True, text=True)
        return out.stdout.strip().partition("=")[2]

    def crl(self, *revoked, serials=(), until="20500101000000Z", form="PEM"):
        """The path of a list (CRL) of the certificates of these names, and of more numbers."""
        numbers = [self.serial(name) for name in revoked] + list(serials)
        index, settings = self.path(f"{self.name}-index", "txt"), self.path(self.name, "cnf")
        pathlib.Path(index).write_text("".join(
            f"R\t350101000000Z\t250101000000Z\t{number}\tunknown\t/CN=x{number}\n"
            for number in numbers))
        pathlib.Path(settings).write_text(
            f"[ca]\ndefault_ca=own\n[own]\ndatabase={index}\ndefault_md=sha256\n")
        made, whole = self.path(f"{self.name}-made", "crl"), self.path(self.name, "crl")
        openssl("ca", "-gencrl", "-config", settings, "-cert", self.file, "-keyfile", self.key,
                "-crl_nextupdate", until, "-out", made)
        openssl("crl", "-in", made, "-outform", form, "-out", made)
        pathlib.Path(made).rename(whole)
        return whole
