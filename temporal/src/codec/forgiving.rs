//! Reads what it can: a payload that cannot be decrypted stays as it is, and whoever reads it finds no value of ours.
//!
//! Lists and descriptions of workflows decode each memo on the way, and fail as a whole where one of them fails. A wait whose key is
//! missing is to hide no other.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use temporalio_client::Client;
use temporalio_common::data_converters::{
    DataConverter, DefaultFailureConverter, PayloadCodec, PayloadConversionError, PayloadConverter,
    SerializationContextData,
};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// Another codec's, and what that cannot read.
struct Forgiving(DataConverter);

/// The same client, reading what it can. For looks at many workflows.
pub(crate) fn reading_what_it_can(client: &Client) -> Client {
    let mut client = client.clone();
    let options = client.options_mut();
    let codec = Forgiving(options.data_converter.clone());
    options.data_converter =
        DataConverter::new(PayloadConverter::default(), DefaultFailureConverter::default(), codec);
    client
}

impl PayloadCodec for Forgiving {
    fn encode(&self, context: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        self.0.codec().encode(context, payloads)
    }

    fn decode(&self, context: &SerializationContextData, payloads: Vec<Payload>) -> Coded {
        let decoded = self.0.codec().decode(context, payloads.clone());
        async move { Ok(decoded.await.unwrap_or(payloads)) }.boxed()
    }
}

type Coded = BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>>;
