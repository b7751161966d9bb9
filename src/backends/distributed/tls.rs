//! Telling a refusal of TLS from a connection that broke: the libraries hand on both as failures of input and output.

use std::error::Error;
use std::io;
use std::sync::Arc;

/// Whether this failure is, or comes from, one of TLS: a certificate that is not trusted, lacking, or of another name. Trying again
/// with the same settings cannot help.
pub(super) fn is_of_tls(error: &(dyn Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // Neither of these tells what it holds as its source, only the source of that.
    let held = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|held| held as &(dyn Error + 'static))
        .or_else(|| error.downcast_ref::<Arc<dyn Error + Send + Sync>>().map(|held| &**held as _));
    held.is_some_and(is_of_tls) || error.source().is_some_and(is_of_tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_however_it_is_wrapped() {
        let refused = || rustls::Error::General("the certificate is nobody's".to_owned());
        assert!(is_of_tls(&refused()));
        assert!(is_of_tls(&io::Error::other(refused())));
        assert!(is_of_tls(&redis::RedisError::from(io::Error::other(refused()))));
        let broken = || io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(!is_of_tls(&broken()) && !is_of_tls(&redis::RedisError::from(broken())));
    }
}
