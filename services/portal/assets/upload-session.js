// Who is signed in here, and with which token this page writes. Another tab may have changed both.

export class UploadSession {
  user;
  csrfToken;

  constructor(user, csrfToken) {
    this.user = user;
    this.csrfToken = csrfToken;
  }

  /**
   * Asks the portal.
   * @returns {Promise<string | undefined>} why this page's uploads cannot go on, or nothing when they can
   */
  async renew() {
    let session;
    try {
      const response = await fetch('/api/v1/session', { headers: { Accept: 'application/json' } });
      if (!response.ok) return 'The portal cannot say who is signed in';
      session = await response.json();
    } catch {
      return 'The portal cannot be reached';
    }
    if (!session.user) return 'You are signed out. Sign in again in another tab, and this goes on';
    if (session.user.name !== this.user)
      return `You are signed in as ${session.user.name} now. Sign in as ${this.user}, and this goes on`;
    this.csrfToken = session.csrfToken;
    return undefined;
  }
}
