// Before the wa-js bundle: no analytics, and no customer's link is sent to a third party for a preview.
window.WPPConfig = { disableGoogleAnalytics: true, linkPreviewApiServers: [] };
