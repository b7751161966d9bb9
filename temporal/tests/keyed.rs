//! Hands on the calls of those who have the key, as the door of a hosted Temporal does.

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream, client, server};
use http::header::AUTHORIZATION;
use http::{Request, Response};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Until either side hangs up.
pub(crate) async fn hand_on(from: TlsStream<TcpStream>, to: TcpStream, key: &str) -> Result<(), h2::Error> {
    let mut calls = server::handshake(from).await?;
    let (behind, connection) = client::handshake(to).await?;
    tokio::spawn(connection);
    let expected = format!("Bearer {key}");
    while let Some(call) = calls.accept().await {
        let (call, answer) = call?;
        let told = call.headers().get(AUTHORIZATION).and_then(|told| told.to_str().ok());
        if told == Some(&expected) {
            tokio::spawn(call_behind(behind.clone(), call, answer));
        } else {
            refuse(answer)?;
        }
    }
    Ok(())
}

fn refuse(mut answer: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let refused = Response::builder()
        .header("content-type", "application/grpc")
        .header("grpc-status", "16")
        .header("grpc-message", "a key of yours, please");
    answer.send_response(refused.body(()).unwrap(), true)?;
    Ok(())
}

async fn call_behind(
    behind: client::SendRequest<Bytes>,
    call: Request<RecvStream>,
    mut answer: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let (head, body) = call.into_parts();
    let (answered, to) = behind.ready().await?.send_request(Request::from_parts(head, ()), false)?;
    copy(body, to).await?;
    let (head, body) = answered.await?.into_parts();
    let is_all = body.is_end_stream();
    let to = answer.send_response(Response::from_parts(head, ()), is_all)?;
    if is_all { Ok(()) } else { copy(body, to).await }
}

async fn copy(mut from: RecvStream, mut to: SendStream<Bytes>) -> Result<(), h2::Error> {
    while let Some(data) = from.data().await {
        let data = data?;
        from.flow_control().release_capacity(data.len())?;
        to.send_data(data, false)?;
    }
    match from.trailers().await? {
        Some(trailers) => to.send_trailers(trailers),
        None => to.send_data(Bytes::new(), true),
    }
}
