// Contacts, blocked ones, and what ties a LID to a number.
"use strict";

__provide("WAWebContactModel", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<ContactFields>} */
  class Contact extends BaseModel {
    static fields = [
      "id",
      "name",
      "shortName",
      "pushname",
      "type",
      "verifiedName",
      "isBusiness",
      "isAddressBookContact",
      "phoneNumber",
    ];
    get proxyName() {
      return "contact";
    }
  }
  return { default: Contact };
});

__provide("WAWebContactCollection", (load) => {
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Contact>} */
  class ContactCollectionImpl extends BaseCollection {
    static model = load("WAWebContactModel").default;
  }
  return { ContactCollectionImpl, ContactCollection: new ContactCollectionImpl() };
});

__provide("WAWebBlocklistCollection", (load) => {
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Contact>} */
  class BlocklistCollectionImpl extends BaseCollection {
    static model = load("WAWebContactModel").default;
  }
  return { BlocklistCollection: new BlocklistCollectionImpl() };
});

// The page's own memory: it holds only what the cloud told. A number that WhatsApp hides is never in it.
__provide("WAWebLidPnCache", (load) => {
  /** @type {Map<string, string>} */
  const pnByLid = new Map();
  /** @type {Map<string, string>} */
  const lidByPn = new Map();
  /** @param {string | undefined} text */
  const wid = (text) => (text ? load("WAWebWidFactory").createWid(text) : undefined);
  return {
    lidPnCache: {
      learn(lid, pn) {
        pnByLid.set(String(lid), String(pn));
        lidByPn.set(String(pn), String(lid));
      },
      getPhoneNumber: (lid) => wid(pnByLid.get(String(lid))),
      getCurrentLid: (pn) => wid(lidByPn.get(String(pn))),
    },
  };
});
__provide("WAWebApiContact", (load) => {
  const cache = load("WAWebLidPnCache").lidPnCache;
  return { getCurrentLid: (pn) => cache.getCurrentLid(pn), getPhoneNumber: (lid) => cache.getPhoneNumber(lid) };
});
__provide("WAWebLid1X1MigrationGating", () => ({
  Lid1X1MigrationUtils: {
    isLidMigrated: () => true,
    isSyncdSessionMigrated: () => true,
    shouldApplyNonMigratedMessagingRules: () => false,
  },
}));

__provide("WAWebContactGetters", () => ({
  getNotifyName: (contact) => contact.pushname,
  getUserid: (contact) => contact.id.user,
  getIsMe: () => false,
  getIsWAContact: () => true,
}));
__provide("WAWebFrontendContactGetters", (load) => {
  /** @param {Contact} contact */
  const numberOf = (contact) => load("WAWebLidPnCache").lidPnCache.getPhoneNumber(contact.id);
  return {
    getPhoneNumber: numberOf,
    getPnForLid: numberOf,
    getTextStatusString: () => "",
    getIsMyContact: (contact) => !!contact.isAddressBookContact,
    getDisplayName: (contact) => contact.name || contact.pushname,
    getFormattedName: (contact) => contact.name || contact.pushname || contact.id.user,
    getFormattedShortName: (contact) => contact.shortName || contact.name || contact.pushname || "",
    getFormattedPhone: (contact) => `+${contact.id.user}`,
    getFormattedUser: (contact) => contact.id.user,
    getSearchName: (contact) => contact.name || "",
  };
});

// queryWidExists: the only place where the page asks the cloud for somebody it doesn't know.
__provide("WAWebQueryExistsJob", (load) => ({
  queryPhoneExists: async () => null,
  queryWidExists: async (wid) => {
    const found = await load("SimLink").call({ t: "exists", wid: String(wid) });
    if (!found) return null;
    if (found.lid && found.pn) load("WAWebLidPnCache").lidPnCache.learn(found.lid, found.pn);
    return { wid: load("WAWebWidFactory").createWid(found.pn || found.lid), biz: found.biz };
  },
}));

// getProfilePictureUrl asks here. A picture can change at any time, so the cloud is asked each time.
__provide("WAWebProfilePicThumbCollection", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<PictureFields>} */
  class ProfilePicThumb extends BaseModel {
    static fields = ["id", "img", "imgFull", "eurl", "tag"];
  }
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Picture>} */
  class ProfilePicThumbCollectionImpl extends BaseCollection {
    static model = ProfilePicThumb;
    /** @param {Wid} id */
    async find(id) {
      return this.put(id, await load("SimLink").call({ t: "picture", wid: String(id) }));
    }
    /**
     * @param {Wid} id
     * @param {string | null} filehash
     */
    put(id, filehash) {
      const url = filehash ? `${location.origin}/sim/media/${encodeURIComponent(filehash)}?as=image/jpeg` : undefined;
      this.add({ id, img: url, imgFull: url, eurl: url, tag: filehash ?? undefined });
      return this.get(id);
    }
  }
  return { ProfilePicThumbCollectionImpl, ProfilePicThumbCollection: new ProfilePicThumbCollectionImpl() };
});

__provide("WAWebGroupMetadataCollection", (load) => {
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<GroupFields>} */
  class GroupMetadata extends BaseModel {
    static fields = ["id", "subject", "participants", "groupType"];
  }
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<GroupMetadata>} */
  class GroupMetadataCollectionImpl extends BaseCollection {
    static model = GroupMetadata;
    _handleParentGroupChange() {}
  }
  return { default: new GroupMetadataCollectionImpl() };
});

// A group as the cloud tells it: its chat, its subject as its name, and who is in it.
__provide("SimGroups", (load) => {
  /** @param {string} text */
  const wid = (text) => load("WAWebWidFactory").createWid(text);
  const { BaseModel } = load("WAWebBaseModel");
  /** @extends {BaseModel<ParticipantFields>} */
  class Participant extends BaseModel {
    static fields = ["id", "isAdmin", "isSuperAdmin"];
  }
  const { BaseCollection } = load("WAWebBaseCollection");
  /** @extends {BaseCollection<Participant>} */
  class Participants extends BaseCollection {
    static model = Participant;
    iAmMember() {
      return true;
    }
    iAmAdmin() {
      return false;
    }
  }
  return {
    put({ id, subject, members }) {
      const participants = new Participants();
      participants.add(members.map((member) => ({ id: wid(member), isAdmin: false })));
      const groups = load("WAWebGroupMetadataCollection").default;
      groups.add({ id: wid(id), subject, participants });
      const group = { id: wid(id), name: subject, formattedTitle: subject };
      load("WAWebChatCollection").ChatCollection.add({ ...group, groupMetadata: groups.get(id) });
      load("WAWebContactCollection").ContactCollection.add({ id: wid(id), name: subject, type: "in" });
    },
  };
});

// A contact as the cloud tells it: names, and the number if it is known.
__provide("SimContacts", (load) => ({
  put({ pn, ...contact }) {
    const wid = load("WAWebWidFactory").createWid(contact.id);
    if (pn && wid.isLid()) load("WAWebLidPnCache").lidPnCache.learn(wid, pn);
    load("WAWebContactCollection").ContactCollection.add({ ...contact, id: wid });
  },
}));
