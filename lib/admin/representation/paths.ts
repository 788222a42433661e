/** The paths that links lead to. */
export const paths = {
  environment: (id: string) => `/environments/${id}`,
  resource: (at: { environmentId: string; resourceId: string }) => {
    return `/environments/${at.environmentId}/resources/${at.resourceId}`;
  },
  application: (at: { environmentId: string; applicationId: string }) => {
    return `/environments/${at.environmentId}/applications/${at.applicationId}`;
  },
};
