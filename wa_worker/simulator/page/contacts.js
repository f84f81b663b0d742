// Contacts, blocked ones, and what ties a LID to a number.
"use strict";

__d("WAWebContactModel", [], (require, module, exports) => {
  class Contact extends require("WAWebBaseModel").BaseModel {
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
  }
  Contact.prototype.proxyName = "contact";
  exports.default = Contact;
});

__d("WAWebContactCollection", [], (require, module, exports) => {
  class ContactCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = require("WAWebContactModel").default;
  }
  exports.ContactCollectionImpl = ContactCollectionImpl;
  exports.ContactCollection = new ContactCollectionImpl();
});

__d("WAWebBlocklistCollection", [], (require, module, exports) => {
  class BlocklistCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = require("WAWebContactModel").default;
  }
  exports.BlocklistCollection = new BlocklistCollectionImpl();
});

// The page's own memory: it holds only what the cloud told. A number that WhatsApp hides is never in it.
__provide("WAWebLidPnCache", (require) => {
  const pnByLid = new Map();
  const lidByPn = new Map();
  const wid = (text) => text && require("WAWebWidFactory").createWid(text);
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
__provide("WAWebApiContact", (require) => {
  const cache = require("WAWebLidPnCache").lidPnCache;
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
__provide("WAWebFrontendContactGetters", (require) => {
  const numberOf = (contact) => require("WAWebLidPnCache").lidPnCache.getPhoneNumber(contact.id);
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
__provide("WAWebQueryExistsJob", (require) => ({
  queryPhoneExists: async () => null,
  queryWidExists: async (wid) => {
    const found = await require("SimLink").call({ t: "exists", wid: String(wid) });
    if (!found) return null;
    if (found.lid && found.pn) require("WAWebLidPnCache").lidPnCache.learn(found.lid, found.pn);
    return { wid: require("WAWebWidFactory").createWid(found.pn || found.lid), biz: found.biz };
  },
}));

// getProfilePictureUrl asks here. A picture can change at any time, so the cloud is asked each time.
__d("WAWebProfilePicThumbCollection", [], (require, module, exports) => {
  class ProfilePicThumb extends require("WAWebBaseModel").BaseModel {
    static fields = ["id", "img", "imgFull", "eurl", "tag"];
  }
  class ProfilePicThumbCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = ProfilePicThumb;
    async find(id) {
      return this.put(id, await require("SimLink").call({ t: "picture", wid: String(id) }));
    }
    put(id, filehash) {
      const url = filehash ? `${location.origin}/sim/media/${encodeURIComponent(filehash)}?as=image/jpeg` : undefined;
      this.add({ id, img: url, imgFull: url, eurl: url, tag: filehash ?? undefined });
      return this.get(id);
    }
  }
  exports.ProfilePicThumbCollectionImpl = ProfilePicThumbCollectionImpl;
  exports.ProfilePicThumbCollection = new ProfilePicThumbCollectionImpl();
});

__d("WAWebGroupMetadataCollection", [], (require, module, exports) => {
  class GroupMetadata extends require("WAWebBaseModel").BaseModel {
    static fields = ["id", "subject", "participants", "groupType"];
  }
  exports.default = new (class GroupMetadataCollectionImpl extends require("WAWebBaseCollection").BaseCollection {
    static model = GroupMetadata;
    _handleParentGroupChange() {}
  })();
});

// A group as the cloud tells it: its chat, its subject as its name, and who is in it.
__provide("SimGroups", (require) => {
  const wid = (text) => require("WAWebWidFactory").createWid(text);
  class Participants extends require("WAWebBaseCollection").BaseCollection {
    static model = class Participant extends require("WAWebBaseModel").BaseModel {
      static fields = ["id", "isAdmin", "isSuperAdmin"];
    };
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
      const groups = require("WAWebGroupMetadataCollection").default;
      groups.add({ id: wid(id), subject, participants });
      const group = { id: wid(id), name: subject, formattedTitle: subject };
      require("WAWebChatCollection").ChatCollection.add({ ...group, groupMetadata: groups.get(id) });
      require("WAWebContactCollection").ContactCollection.add({ id: wid(id), name: subject, type: "in" });
    },
  };
});

// A contact as the cloud tells it: names, and the number if it is known.
__provide("SimContacts", (require) => ({
  put({ pn, ...contact }) {
    const wid = require("WAWebWidFactory").createWid(contact.id);
    if (pn && wid.isLid()) require("WAWebLidPnCache").lidPnCache.learn(wid, pn);
    require("WAWebContactCollection").ContactCollection.add({ ...contact, id: wid });
  },
}));
