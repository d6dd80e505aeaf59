# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prints the subjects of an Inbox: zeep_inbox.py SOCKET USER PASSWORD."""

import http.client
import socket
import sys

import requests
import urllib3
import zeep
from requests.adapters import HTTPAdapter
from zeep.transports import Transport

path, user, password = sys.argv[1:]


class Connection(urllib3.connection.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)


class Pool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = Connection


class Adapter(HTTPAdapter):
    def get_connection(self, url, proxies=None):
        return Pool("localhost")


session = requests.Session()
session.trust_env = False
session.mount("http://localhost/", Adapter())
client = zeep.Client("http://localhost/mapi?wsdl", transport=Transport(session=session))

logon = client.service.Logon(Role=1, User=user, Password=password, Program="zeep")
header = {"Session": logon.Session}
store = client.service.GetStore(_soapheaders=header)
inbox = next(f.ID for f in store.Special if f.Kind == 2)
rows = client.service.Query(Table=1, Folder=inbox, Columns=["Subject"], _soapheaders=header)
for row in rows.Item:
    print(row.P[0].V[0]._value_1)
client.service.Logoff(_soapheaders=header)
