//! Requests byte by byte, for those that no client library would send.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// An answer, as it came over the connection.
pub struct RawAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find_map(|(n, value)| n.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// Sends a head and a body, and reads the answer to its end. `Host`, `Connection` and the empty
/// line are added to the head.
pub async fn send(origin: &str, head: &[u8], body: &[u8]) -> RawAnswer {
    let stream = TcpStream::connect(address(origin)).await.unwrap();
    send_on(stream, address(origin), head, body).await
}

/// The same from another loopback address, `127.…`, to look like somebody else.
pub async fn send_as(peer: IpAddr, origin: &str, head: &[u8], body: &[u8]) -> RawAnswer {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((peer, 0).into()).unwrap();
    let stream = socket.connect(address(origin).parse().unwrap()).await.unwrap();
    send_on(stream, address(origin), head, body).await
}

fn address(origin: &str) -> &str {
    origin.strip_prefix("http://").unwrap()
}

async fn send_on(mut stream: TcpStream, address: &str, head: &[u8], body: &[u8]) -> RawAnswer {
    let mut request = head.to_vec();
    request
        .extend_from_slice(format!("\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes());
    request.extend_from_slice(body);
    stream.write_all(&request).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    RawAnswer { status, head: head.to_owned(), body: body.to_owned() }
}
