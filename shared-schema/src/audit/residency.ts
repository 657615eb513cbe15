/** A fact about where data lies or is worked on, and where Cloudflare says so. */
export interface ResidencyFact {
  readonly what: string;
  readonly source: string;
}

/** What is known of where customer data is: what holds whatever happens, and what is only asked for. */
export interface Residency {
  readonly enforced: readonly ResidencyFact[];
  readonly asked_for: readonly ResidencyFact[];
}

/** As of November 2026. The platform cannot widen what is enforced: it can only say what is not. */
export const RESIDENCY: Residency = {
  enforced: [
    {
      what: 'Every account database runs and stores only in its jurisdiction (eu). It is set at creation and never changes; the audit reads it of every database, and DATABASE_JURISDICTION names one that differs.',
      source: 'developers.cloudflare.com/d1/learning/data-location (November 2026)',
    },
    {
      what: 'The registry lies in the jurisdiction eu: `freehold bootstrap` refuses another.',
      source: 'developers.cloudflare.com/d1/learning/data-location (November 2026)',
    },
    {
      what: 'Files, exports and releases lie in R2 buckets of the jurisdiction eu, which never changes. The platform is bound to them by name and jurisdiction, so a bucket of the same name elsewhere is not reached.',
      source: 'developers.cloudflare.com/r2/reference/data-location (July 2026)',
    },
    {
      what: 'The instances of the Workflow that runs operations run and are kept in the jurisdiction eu; they carry ids and no client data. `freehold bootstrap` refuses a Workflow of another. Its settings are kept outside.',
      source: 'developers.cloudflare.com/workflows/reference/data-location (October 2026)',
    },
  ],
  asked_for: [
    {
      what: 'Where Workers compute: in the data centre that a request reaches first, in any country. A jurisdiction limits databases and buckets, not the Workers that read them. Regional Services would bind TLS and Workers to a region (UK or EU), by host name, on an Enterprise plan; it is not set up, and would not cover subrequests or the cron.',
      source: 'developers.cloudflare.com/data-localization/how-to/workers (July 2026)',
    },
    {
      what: 'Placement is a matter of latency, and none is asked for.',
      source: 'developers.cloudflare.com/workers/configuration/placement (January 2026)',
    },
    {
      what: 'Logs and metrics of Workers (ids and error codes, never field values) go where Cloudflare keeps them: the Customer Metadata Boundary is a setting of the Cloudflare account.',
      source: 'developers.cloudflare.com/data-localization/metadata-boundary/get-started (November 2026)',
    },
    {
      what: 'The UK: D1 has no jurisdiction for it. Data of UK accounts lies in the EU.',
      source: 'developers.cloudflare.com/d1/learning/data-location (November 2026)',
    },
  ],
};
