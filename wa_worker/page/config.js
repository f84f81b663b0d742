// Loaded before the wa-js bundle: turns off analytics, and previews that would send customers' links to a third party.
window.WPPConfig = { disableGoogleAnalytics: true, linkPreviewApiServers: [] };
